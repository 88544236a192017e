import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../support/seeded-random.ts';
import { readCorpus } from './corpus.ts';
import { startCoverage } from './coverage.ts';
import { attemptWith } from './execute.ts';
import { fuzz } from './fuzzer.ts';
import type { FuzzRequest } from './run-target.ts';
import { fuzzTargets } from './targets/index.ts';
import { plantedTargets } from './targets/planted.ts';
import { isCoveredBy, wordsOf } from './words.ts';

const request = workerData as FuzzRequest;
const target = [...fuzzTargets, ...plantedTargets].find(({ name }) => name === request.target);
if (target === undefined) throw new Error(`there is no target ${request.target}`);

const coverage = await startCoverage(isCoveredBy(target.covers));
const run = await target.load();
const length = new Int32Array(request.current, 0, 2);
const bytes = new Uint8Array(request.current, 8);
const result = await fuzz({
  attempt: attemptWith(target, run),
  coverage,
  random: seededRandom(request.seed),
  corpus: [...target.seeds().map((seed) => Buffer.from(seed)), ...readCorpus(target.name)],
  words: [...(target.dictionary ?? []), ...wordsOf(target.covers)],
  structure: target.structure,
  maxBytes: target.maxBytes ?? 8192,
  limit: request.limit,
  ...(request.maxFindings === undefined ? {} : { maxFindings: request.maxFindings }),
  onInput(input) {
    bytes.set(input.subarray(0, bytes.length));
    length[0] = Math.min(input.length, bytes.length);
    Atomics.add(length, 1, 1);
  },
});
coverage.stop();
parentPort?.postMessage(result);
