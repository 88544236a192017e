import type { FileLoss } from '../fleet/quarantine.ts';
import { positionAt } from './diagnostics/source-position.ts';
import type { Envelope } from './envelope.ts';

/** A document of a file, as far as it matters for {@link fileLoss}. */
export interface ReadDocument {
  readonly kind: Envelope['kind'];
  readonly isEmpty: boolean;
  /** Offset of its content. */
  readonly start: () => number;
}

/**
 * Why a document that is missing from the file may have been lost. Undefined only if all of the file can be read as manifests, up to an
 * ended last line: then a document that is missing was taken out.
 */
export function fileLoss(text: string, documents: readonly ReadDocument[]): FileLoss | undefined {
  if (!documents.some(({ kind }) => kind === 'resource' || kind === 'broken'))
    return { kind: contentOf(text), line: 1 };
  const other = documents.find(({ kind }) => kind === 'none' || kind === 'foreign');
  if (other !== undefined) {
    const { line } = positionAt(text, other.start());
    return { kind: other.isEmpty ? 'empty_document' : 'other_document', line };
  }
  return text.endsWith('\n') ? undefined : { kind: 'cut_off', line: positionAt(text, text.length).line };
}

/** Blanks, and the byte order mark, which has no content either. */
const blank = /^[\s\ufeff]*$/;

function contentOf(text: string): FileLoss['kind'] {
  const lines = text.split(/[\r\n]/).filter((line) => !blank.test(line) && !/^(---|\.\.\.)\s*$/.test(line));
  if (lines.length === 0) return 'empty';
  return lines.every((line) => /^((---|\.\.\.)\s+|\s*)#/.test(line)) ? 'comments' : 'no_manifest';
}
