/** Redacting a shorter secret would remove ordinary words. */
export const minRedactedLength = 6;
/** A part of an encoded or multi-line secret of at least this length is redacted separately. */
const minPartLength = 12;

/**
 * The texts in which a secret may appear: plain, escaped for JSON, URL-encoded, in hexadecimal, in base64 and base64url at each of the
 * three alignments that it can have inside a longer text, and its longer lines. Empty for a secret shorter than 6 characters.
 */
export function secretForms(secret: string): readonly string[] {
  if (secret.length < minRedactedLength) return [];
  const lines = secret.includes('\n')
    ? secret.split(/\r?\n/).filter((line) => line.length >= minPartLength)
    : [];
  const forms = [secret, ...lines].flatMap((text) => {
    const hex = Buffer.from(text).toString('hex');
    return [text, ...escapedForms(text), hex, hex.toUpperCase(), ...base64Forms(text)];
  });
  return [...new Set(forms)];
}

function escapedForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const url = encodeURIComponent(text.toWellFormed());
  const strictUrl = url.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = strictUrl.replaceAll('%20', '+');
  const encoded = [url, strictUrl, form];
  const lowerCase = encoded.map((each) => each.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
  return [json, json.replaceAll('/', '\\/'), ...encoded, ...lowerCase];
}

/** For each alignment, the characters that depend only on the secret. */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const firstOwnCharacter = [0, 2, 3] as const;
  return firstOwnCharacter.flatMap((start, offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const endsInside = (offset + bytes.length) % 3 !== 0;
    const own = encoded.slice(start, endsInside ? -1 : undefined);
    return own.length < minRedactedLength ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
