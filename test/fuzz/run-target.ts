import { Worker } from 'node:worker_threads';
import type { FuzzResult } from './fuzzer.ts';

export interface FuzzRequest {
  readonly target: string;
  readonly seed: number;
  readonly maxFindings?: number;
  readonly limit: { readonly executions: number; readonly milliseconds: number };
  /** Length of the current input, the count of inputs, and the current input, shared with the supervisor. */
  readonly current: SharedArrayBuffer;
}

const maxInputBytes = 1_048_576;
/** An input that takes longer counts as endless. */
const defaultHangMs = 20_000;
/** Heap limit of the worker: no input of a few kilobytes may need more. */
const maxHeapMb = 768;

/** Fuzzes one target in a separate thread, with a limit on its heap and on the time for one input. */
export async function runTarget(
  request: Omit<FuzzRequest, 'current'>,
  hangMs = defaultHangMs,
): Promise<FuzzResult> {
  const current = new SharedArrayBuffer(8 + maxInputBytes);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { ...request, current } satisfies FuzzRequest,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    stderr: true,
    execArgv: [],
  });
  try {
    return await outcome(worker, current, hangMs);
  } finally {
    await worker.terminate();
  }
}

function outcome(worker: Worker, current: SharedArrayBuffer, hangMs: number): Promise<FuzzResult> {
  return new Promise((resolve, reject) => {
    const state = new Int32Array(current, 0, 2);
    let [count, since] = [0, performance.now()];
    const watch = setInterval(() => {
      const now = Atomics.load(state, 1);
      if (now !== count) [count, since] = [now, performance.now()];
      else if (performance.now() - since > hangMs) end(() => resolve(stuck('hang', 'never ended', current)));
    }, 500);
    const end = (settle: () => void) => {
      clearInterval(watch);
      settle();
    };
    worker.once('message', (result: FuzzResult) => end(() => resolve(result)));
    worker.once('error', (error: Error) =>
      end(() => {
        const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        if (isMemory) resolve(stuck('memory', `needed more than ${maxHeapMb} MB`, current));
        else reject(error);
      }),
    );
  });
}

/** The result of an unfinished run, with its current input. */
function stuck(key: string, text: string, current: SharedArrayBuffer): FuzzResult {
  const [length = 0, executions = 0] = new Int32Array(current, 0, 2);
  const none = { covered: 0, total: 0 };
  const input = Uint8Array.from(new Uint8Array(current, 8, length));
  return {
    executions,
    milliseconds: 0,
    coverage: { functions: none, code: none },
    findings: [{ key, text, input }],
    fresh: [],
  };
}
