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

/**
 * Line breaks of YAML 1.1 and of many editors: in YAML 1.2 a comment goes on after them, so it would hide a line. Also a byte order mark in
 * front of a later line, which becomes part of the first key.
 */
const invisible = /[\u0085\u2028\u2029]|^\ufeff/m;

/** What `git merge` writes around the two sides of a conflict, and before their common ancestor. */
const mergeMarker = /^(<{7}|\|{7}|>{7})(?=[ \r]|$)/m;

export interface RawFault {
  readonly code: DiagnosticCode;
  readonly offset: number;
  readonly length: number;
  readonly message: string;
}

/** The first place of a file that prevents reading it. */
export function rawFault(text: string): RawFault | undefined {
  const { controlCharacter, conflictMarker } = diagnosticCodes;
  const character = neverInYaml.exec(text);
  if (character !== null) {
    const message =
      character[0] === '\r'
        ? 'the file has a carriage return without a line feed; end lines with a line feed'
        : `the file has the control character ${codePoint(character[0])}, which YAML does not allow`;
    return { code: controlCharacter, offset: character.index, length: 1, message };
  }
  // Files of other programs may have them in their texts.
  const hidden = text.includes('pressluft.dev') ? invisible.exec(text) : null;
  if (hidden !== null) {
    const message =
      hidden[0] === '\ufeff'
        ? 'the file has a byte order mark in front of a line; remove it'
        : `the file has the line break ${codePoint(hidden[0])}; end lines with a line feed`;
    return { code: controlCharacter, offset: hidden.index, length: 1, message };
  }
  const marker = mergeMarker.exec(text);
  if (marker === null) return undefined;
  const message = `the file has the marker ${marker[0]} of an unresolved merge`;
  return { code: conflictMarker, offset: marker.index, length: marker[0].length, message };
}

/** The pointer that Git LFS commits in place of a file (github.com/git-lfs/git-lfs, docs/spec.md). */
export function isLfsPointer(text: string): boolean {
  return /^version https:\/\/(git-lfs|hawser)\.github\.com\/spec\/v1\s/.test(text);
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
