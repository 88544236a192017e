/** The only directory whose files manifests may name. */
export function secretsDirOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.PRESSLUFT_SECRETS_DIR || '/etc/pressluft/secrets';
}
