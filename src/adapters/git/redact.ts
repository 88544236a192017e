/** Hides credentials in text that came from Git or a server, and makes it safe to print. */
export interface Redactor {
  /** Registers a secret to be replaced: plain, URL-encoded and as HTTP basic credentials. */
  add(username: string, secret: string): void;
  text(text: string): string;
}

const maxSecrets = 16;
/** Replacing shorter secrets would garble ordinary words. */
const minSecretLength = 4;

export function createRedactor(): Redactor {
  // Bounded: a rotated secret removes the oldest one, which is no longer valid by then.
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
      // Terminal control characters are removed first: the text around them may form a secret afterwards.
      const shown = text.replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '').replace(/(?![\n\t])\p{Cc}/gu, '');
      let clean = shown.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1');
      for (const secret of secrets) clean = clean.replaceAll(secret, '[redacted]');
      return clean;
    },
  };
}
