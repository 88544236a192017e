import type { GitRepository } from '../../../src/ports/git-repository.ts';
import {
  crashPoints,
  createGate,
  createTrace,
  type Fault,
  faultLog,
  SimProcess,
  simRandom,
  Timeline,
  theseFaults,
  type WorldCore,
} from '../core/index.ts';
import { SimClone } from './clone.ts';
import { SimRemote } from './remote.ts';
import { type SimGitOptions, simGit } from './repository.ts';

/** A remote and processes that use it: the minimal world for tests of Git. */
export interface GitWorld {
  readonly core: WorldCore;
  readonly remote: SimRemote;
  /** A process opens a clone, its own or that of an earlier process. */
  open(options?: Partial<SimGitOptions> & { readonly clone?: SimClone }): Opened;
}

export interface Opened {
  readonly git: GitRepository;
  readonly clone: SimClone;
  readonly process: SimProcess;
}

export function gitWorld(seed: number, faults: readonly Fault[] = [], kill = ''): GitWorld {
  const random = simRandom(seed);
  const timeline = new Timeline(random.fork('timeline'));
  const core: WorldCore = {
    timeline,
    random,
    faults: faultLog(theseFaults(faults)),
    points: crashPoints({ kill: ({ site, nth, when }) => `${when} ${site}#${nth}` === kill }),
    trace: createTrace(),
  };
  const remote = new SimRemote({ timeline, random });
  let processes = 0;
  return {
    core,
    remote,
    open: ({ clone = new SimClone(remote), ...options } = {}) => {
      const process = new SimProcess(`process-${processes++}`, timeline.nowMs);
      const git = simGit(createGate(core, process), remote, clone, { branch: 'main', ...options });
      return { git, clone, process };
    },
  };
}
