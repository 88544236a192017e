import type { CommitSha } from '../fleet/brand.ts';
import type { CliContext, RepositoryFlags, Session, SessionOptions } from './context.ts';
import { repositoryFlags } from './options.ts';

/** Opens a session for the duration of `work` and always closes it. */
export async function withSession<T>(
  context: CliContext,
  flags: RepositoryFlags,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await context.openSession(repositoryFlags(flags), options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The options of a pass that come from the settings. Without a mirror, the public download sites are used. */
export function loadOptions({ artifactMirror, trustedCommit }: Session): {
  readonly artifactMirror?: string;
  readonly trustedCommit?: CommitSha;
} {
  return {
    ...(artifactMirror === undefined ? {} : { artifactMirror }),
    ...(trustedCommit === undefined ? {} : { trustedCommit }),
  };
}
