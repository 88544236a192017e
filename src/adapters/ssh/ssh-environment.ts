/** Environment of every OpenSSH tool: no agent, no askpass, messages in English so that they can be classified. */
export function sshEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', HOME: '/nonexistent' };
}
