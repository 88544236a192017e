import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentVersion } from '../../src/adapters/ansible/content-version.ts';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import { createHetznerCloud } from '../../src/adapters/hetzner/hetzner-cloud.ts';
import { systemRandom } from '../../src/adapters/random.ts';
import { openStore } from '../../src/adapters/sqlite/store.ts';
import type { Deps } from '../../src/ports/index.ts';
import { createPassMemory } from '../../src/reconcile/memory.ts';
import { runPass } from '../../src/reconcile/pass.ts';
import type { PassReport } from '../../src/reconcile/pass-report.ts';
import { publicKey, startHarness, token } from '../lab-api/harness.ts';
import { memoryLog } from './memory-log.ts';
import { memorySignatures } from './memory-signatures.ts';
import { scaledClock } from './scaled-clock.ts';
import { simulatedNodes } from './simulated-nodes.ts';

/**
 * Converges the fleet of a real Git remote once, with the real provider client against the lab's API and with nodes in memory,
 * so that the remote gets a status branch like in production. Throws when work remains.
 */
export async function recordFleet(url: string): Promise<PassReport> {
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-recorded-'));
  const [harness, log, clock] = [await startHarness({ bootMs: 5 }), memoryLog(), scaledClock(50)];
  const store = openStore(join(dir, 'store.sqlite'), { log });
  try {
    const nodes = simulatedNodes();
    const deps: Deps = {
      clock,
      random: systemRandom,
      git: await createGitRepository({ dir: join(dir, 'repository.git'), url, branch: 'main', log }),
      store,
      log,
      machines: {
        ...nodes.machines,
        identity: async () => ({ publicKey: publicKey(), privateKeyPath: '/nonexistent' }),
        generateHostKey: async () => ({ publicKey: publicKey(), privateKey: 'none' }),
      },
      // Later plans without these nodes use the installed content.
      ansible: { ...nodes.ansible, contentVersion: () => contentVersion(ansibleRoot) },
      secrets: { resolve: async () => token, own: async () => token, redact: (text) => text },
      signatures: memorySignatures(),
      cloud: async () =>
        createHetznerCloud({ endpoint: harness.url, token, clock, random: systemRandom, log }),
    };
    const signal = new AbortController().signal;
    const report = await runPass(deps, createPassMemory(), {
      pass: 'seed',
      trigger: 'test',
      operator: true,
      signal,
      waitSignal: signal,
      onProgress: () => undefined,
    });
    const left = report.results.filter(({ outcome }) => outcome !== 'succeeded');
    if (report.statusCommit === null || left.length > 0)
      throw new Error(`not converged: ${JSON.stringify(left)} ${JSON.stringify(report.diagnostics)}`);
    return report;
  } finally {
    store.close();
    await harness.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const ansibleRoot = join(import.meta.dirname, '../../ansible');
