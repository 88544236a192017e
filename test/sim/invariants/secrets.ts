import type { World } from '../world/world.ts';
import { isDaemon } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** No secret is in a log, a commit, an event or an error. */
export function noSecrets(): Checker {
  const name = 'secrets are in no log, commit, event or error';
  const moved = newIn(({ remote }) => remote.updates);
  return {
    name,
    step: (world) => {
      for (const line of world.logged) look(name, world, line, () => `a log line: ${line}`);
      for (const said of world.said) {
        if (said.kind === 'progress' && said.event.kind !== 'planned')
          look(name, world, JSON.stringify(said.event), () => `an event: ${JSON.stringify(said.event)}`);
      }
      for (const { by, from, to } of moved(world)) {
        if (to === null || !isDaemon(world, by)) continue;
        const before = from === null ? new Map<string, string>() : world.remote.files(from);
        for (const [path, text] of world.remote.files(to))
          if (before.get(path) !== text) look(name, world, text, () => `${path} of commit ${to}`);
        look(name, world, world.remote.commits.get(to)?.info.message ?? '', () => `the message of ${to}`);
      }
    },
  };
}

function look(name: string, { canaries }: World, text: string, where: () => string): void {
  const found = canaries.find((canary) => text.includes(canary));
  if (found !== undefined) throw new Violation(name, `${found.slice(0, 12)}… is in ${where()}`);
}
