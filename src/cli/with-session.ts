import type { CommitSha } from '../fleet/brand.ts';
import type { CliContext, RepositoryFlags, Session, SessionOptions } from './context.ts';
import { repositoryFlags } from './options.ts';

/** Opens a session for the time of `work`; it is closed whatever happens. */
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

/** What a pass is told by the settings; a session without a mirror leaves the public download sites. */
export function loadOptions({ artifactMirror, trustedCommit }: Session): {
  readonly artifactMirror?: string;
  readonly trustedCommit?: CommitSha;
} {
  return {
    ...(artifactMirror === undefined ? {} : { artifactMirror }),
    ...(trustedCommit === undefined ? {} : { trustedCommit }),
  };
}
