/** Whether values of a field must never appear in plans, logs or records, by its name; also for constants such as `SMTP_PASSWORD`. */
const secretName = /password|passwd|secret|token|salt|api_?key|private_?key/i;

export function isSecretField(name: string): boolean {
  return secretName.test(name);
}
