import { onNode } from '../../support/ssh.ts';

/** Activity on a node, from its journal and the times of its files. */
export interface NodeWatch {
  /** Commands that Pressluft ran through sudo, by their first words. */
  readonly sudoCommands: Readonly<Record<string, number>>;
  /** Logins over SSH. A kept connection needs none for a further command. */
  readonly logins: number;
  /** Files below /etc, /srv, /usr/local, /root and /var/spool/cron that were written, without logs and locks of the sites themselves. */
  readonly writtenFiles: readonly string[];
}

/** How `onNode` runs its scripts. */
const ownCommand = '/usr/bin/sh -s';

/** Starts to watch a node; the returned function reports the activity since then, without that of the watch itself. */
export async function watchNode(stateDir: string, ipv4: string): Promise<() => Promise<NodeWatch>> {
  const mark = 'journalctl --sync; journalctl -n 0 --show-cursor | sed -n "s/^-- cursor: //p"';
  const cursor = await onNode(
    stateDir,
    ipv4,
    `rm -f /run/pressluft-bench; ${mark}; touch /run/pressluft-bench`,
  );
  return async () => {
    const journal = `journalctl -q -o cat --after-cursor='${cursor}'`;
    const folders = '/etc /srv /usr/local /root /var/spool/cron';
    const script = [
      'journalctl --sync',
      `${journal} -t sudo | sed -n 's/.*COMMAND=/command /p'`,
      `${journal} -t sshd | grep '^Accepted publickey' || true`,
      `find ${folders} -type f -newer /run/pressluft-bench -not -path '*/logs/*' -printf 'file %p\\n'`,
    ];
    const seen = (await onNode(stateDir, ipv4, script.join('\n'))).split('\n');
    const startingWith = (prefix: string) =>
      seen.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
    const sudoCommands: Record<string, number> = {};
    for (const command of startingWith('command ')) {
      if (command !== ownCommand) sudoCommands[command] = (sudoCommands[command] ?? 0) + 1;
    }
    // One login belongs to this query.
    const logins = startingWith('Accepted ').length - 1;
    return { sudoCommands, logins, writtenFiles: startingWith('file ') };
  };
}
