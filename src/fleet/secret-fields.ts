/** Names of fields whose values never appear in a plan, a log or a record; also constants such as `SMTP_PASSWORD`. */
const secretName = /password|passwd|secret|token|salt|api_?key|private_?key/i;

export function isSecretField(name: string): boolean {
  return secretName.test(name);
}
