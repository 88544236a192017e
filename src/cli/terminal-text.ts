import { StringDecoder } from 'node:string_decoder';
import { printable } from '../fleet/printable.ts';

/**
 * Makes a stream of bytes from a site safe for a terminal, chunk by chunk. Line ends, tabs and plain colours stay; every other control
 * character becomes visible, so that no output can move the cursor, answer for the keyboard, or write into the clipboard.
 */
export interface TerminalText {
  push(chunk: Uint8Array | string): string;
  /** What was kept because it could have continued, and the end of a colour. */
  end(): string;
}

const esc = '\u001b';
/** SGR without backgrounds, black and concealed: text stays readable. https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ */
const plainColour = '(?:0?[0134]|2[234]|3[1-79]|9[1-7])';
const kept = new RegExp(`(${esc}\\[(?:${plainColour}(?:;${plainColour}){0,4})?m|\\r?\\n|\\t)`);
const colour = new RegExp(`${esc}\\[[\\d;]*m`);
/** A sequence, or the end of a line, that the next chunk may complete. */
const unfinished = new RegExp(`(?:${esc}(?:\\[[\\d;]{0,16})?|\\r)$`);

export function createTerminalText(): TerminalText {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  let coloured = false;

  function shown(text: string): string {
    return text
      .split(kept)
      .map((part, index) => {
        if (index % 2 === 0) return printable(part);
        coloured ||= colour.test(part);
        return part.replace('\r', '');
      })
      .join('');
  }

  return {
    push(chunk) {
      const text = pending + (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)));
      pending = unfinished.exec(text)?.[0] ?? '';
      return shown(text.slice(0, text.length - pending.length));
    },
    end() {
      const rest = shown(pending + decoder.end());
      pending = '';
      return coloured ? `${rest}${esc}[0m` : rest;
    },
  };
}
