/** Hides credentials in text that came from Git or a server, and makes it safe to print. */
export interface Redactor {
  /** From now on this secret is replaced, plain, URL-encoded and as HTTP basic credentials. */
  add(username: string, secret: string): void;
  text(text: string): string;
}

const maxSecrets = 16;
/** Replacing shorter ones would garble ordinary words. */
const minSecretLength = 4;

export function createRedactor(): Redactor {
  // Bounded: a rotated secret pushes out the oldest, which was refused by then.
  const secrets: string[] = [];
  return {
    add(username, secret) {
      if (secret.length < minSecretLength) return;
      for (const form of [
        secret,
        encodeURIComponent(secret),
        Buffer.from(`${username}:${secret}`).toString('base64'),
      ]) {
        if (!secrets.includes(form)) secrets.push(form);
      }
      while (secrets.length > maxSecrets) secrets.shift();
    },
    text(text) {
      // First what a terminal would act on: what stands around it may be a secret once it is gone.
      const shown = text.replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '').replace(/(?![\n\t])\p{Cc}/gu, '');
      let clean = shown.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1');
      for (const secret of secrets) clean = clean.replaceAll(secret, '[redacted]');
      return clean;
    },
  };
}
