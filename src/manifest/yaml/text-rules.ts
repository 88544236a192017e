import { type DiagnosticCode, diagnosticCodes } from '../diagnostics/catalogue.ts';

/** Fast test for {@link textFault}: most strings have none of these characters. */
const suspicious =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\{[{%#]/;
const control =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const lineOrTab = /[\n\t]/;
const template = /\{[{%#]/;

/**
 * Characters that YAML does not allow anywhere, comments included (YAML 1.2.2, c-printable): the file is damaged or not text. Also a
 * carriage return without a line feed, which is a line break (b-break) that the full parser does not support: a comment would hide
 * the text after it.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const neverInYaml = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]|\r(?!\n)/;

export interface RawFault {
  readonly offset: number;
  readonly message: string;
}

/** The first character of a file that prevents reading it. */
export function rawFault(text: string): RawFault | undefined {
  const found = neverInYaml.exec(text);
  if (found === null) return undefined;
  const message =
    found[0] === '\r'
      ? 'the file has a carriage return without a line feed; end lines with a line feed'
      : `the file has the control character ${codePoint(found[0])}, which YAML does not allow`;
  return { offset: found.index, message };
}

export interface TextFault {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly suggestion?: string;
}

/** The problem of a string, independent of its field. Only fields of several lines may have line breaks and tabs. */
export function textFault(text: string, multiline: boolean): TextFault | undefined {
  if (!suspicious.test(text)) return undefined;
  const marker = template.exec(text)?.[0];
  if (marker !== undefined)
    return {
      code: diagnosticCodes.templateMarker,
      message: `the template marker ${marker} is not allowed in manifests`,
    };
  const found = control.exec(text)?.[0];
  if (found !== undefined) {
    return {
      code: diagnosticCodes.controlCharacter,
      message: `the control character ${codePoint(found)} is not allowed`,
    };
  }
  if (!text.isWellFormed()) {
    return { code: diagnosticCodes.controlCharacter, message: 'half of a surrogate pair is not a character' };
  }
  const breaking = multiline ? undefined : lineOrTab.exec(text)?.[0];
  if (breaking === undefined) return undefined;
  return breaking === '\n'
    ? {
        code: diagnosticCodes.controlCharacter,
        message: 'a line break is not allowed here',
        suggestion: 'write it on one line, or fold it with ">-"',
      }
    : { code: diagnosticCodes.controlCharacter, message: 'a tab is not allowed here' };
}

function codePoint(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
