import type { ResourceRef } from '../fleet/brand.ts';
import {
  type FileLoss,
  type FileLossKind,
  lossAt,
  type ManifestFault,
  type QuarantineCause,
} from '../fleet/quarantine.ts';
import type { SourcePosition } from '../fleet/resource.ts';
import { type Block, because } from './block-actions.ts';
import type { FleetView } from './fleet-view.ts';

/** Why a resource is left unchanged, and the place to correct. */
export interface Quarantined {
  readonly why: Block;
  readonly cause: SourcePosition;
}

/**
 * Why a resource without a usable manifest is left unchanged; null if its removal was ordered. A removal is ordered in two ways: its file is
 * gone, or its document was taken out of a file that holds other manifests, all of them readable. Read from the recorded file of the
 * resource, so that it survives a restart.
 */
export function quarantineOf(view: FleetView, ref: ResourceRef): Quarantined | null {
  const { quarantine } = view.desired;
  const cause = quarantine.resources.get(ref);
  if (cause !== undefined) return brokenManifest(ref, cause);
  const file = view.recorded.status.get(ref)?.sourceFile ?? '';
  return file === '' ? ofUnknownFile(view) : ofFile(view, ref, file);
}

function brokenManifest(ref: ResourceRef, { kind, of, fault }: QuarantineCause): Quarantined {
  const whose = of === ref ? 'its manifest' : `the manifest of ${of}, which it depends on,`;
  const { what, cure } = causeWords[kind];
  return quarantined(`${whose} ${what}: ${wordsOf(fault)}`, `${cure} ${untilThen}`, fault.position);
}

const causeWords: Readonly<
  Record<QuarantineCause['kind'], { readonly what: string; readonly cure: string }>
> = {
  broken: { what: 'is broken', cure: 'Correct it.' },
  missing: { what: 'is missing, and others refer to it', cure: 'Restore it, or correct the reference.' },
  refused: {
    what: 'is not accepted in its file',
    cure: 'Move it to a file that may hold it by spec.ownership of pressluft.yaml.',
  },
};

function wordsOf({ message, code }: ManifestFault): string {
  return `${message} (${code})`;
}

const untilThen = 'Until then it is left unchanged; after that it is planned as its manifest says.';

function ofFile(view: FleetView, ref: ResourceRef, file: string): Quarantined | null {
  const { quarantine } = view.desired;
  const fault = quarantine.files.get(file);
  if (fault !== undefined) {
    const message = `the file that described it is broken: ${wordsOf(fault)}`;
    return quarantined(message, `Correct the file. ${untilThen}`, fault.position);
  }
  const found = lossAt(quarantine, file);
  if (found !== undefined) {
    const { state, removal } = losses[found.loss.kind];
    const nextStep = `Restore its manifest. If it is to be removed: ${removal}.`;
    return quarantined(`the file that described it ${state}`, nextStep, placeOf(found));
  }
  const unidentified = view.unidentifiedFile(ref, file);
  const moved = unidentified === undefined ? undefined : quarantine.files.get(unidentified);
  if (moved === undefined) return null;
  const message = `the file that described it is gone or has lost it, and it may be in ${unidentified}, which cannot be read`;
  return quarantined(message, `Correct or delete ${unidentified}. ${untilThen}`, moved.position);
}

/** Without a record of its file, any broken or damaged file may have described it. */
function ofUnknownFile({ desired: { quarantine } }: FleetView): Quarantined | null {
  const nextStep =
    'Restore its manifest for one pass, so that its file is recorded; then remove it again if the removal is intended.';
  const [broken] = [...quarantine.files].sort(byPath);
  const unknown = 'it is not recorded which file described it';
  if (broken !== undefined)
    return quarantined(`${unknown}, and another file is broken`, nextStep, broken[1].position);
  const [lossy] = [...quarantine.lossy].sort(byPath);
  if (lossy === undefined) return null;
  const [path, loss] = lossy;
  return quarantined(
    `${unknown}, and another file ${losses[loss.kind].state}`,
    nextStep,
    placeOf({ path, loss }),
  );
}

function placeOf({ path, loss }: { readonly path: string; readonly loss: FileLoss }): SourcePosition {
  return { file: path, line: loss.line, column: 1 };
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function quarantined(message: string, nextStep: string, cause: SourcePosition): Quarantined {
  return { why: because('Quarantined', message, nextStep), cause };
}

interface LossWords {
  /** Continues "the file that described it". */
  readonly state: string;
  /** How a removal is ordered. */
  readonly removal: string;
}

const deleteFile = 'delete the file';

const losses: Readonly<Record<FileLossKind, LossWords>> = {
  empty: { state: 'is empty', removal: deleteFile },
  comments: { state: 'has only comments', removal: deleteFile },
  no_manifest: { state: 'no longer contains a manifest', removal: deleteFile },
  empty_document: {
    state: 'has an empty document',
    removal: 'delete the empty document together with its `---`',
  },
  other_document: {
    state: 'has a document that is not a manifest of Pressluft',
    removal: 'move that document to another file',
  },
  cut_off: {
    state: 'does not end with a line break, so it may have been cut off',
    removal: 'end the last line of the file with a line break',
  },
  symlink: {
    state: 'was replaced by a symbolic link, which is not followed',
    removal: 'delete the link',
  },
  submodule: {
    state: 'was replaced by a submodule, which is not followed',
    removal: 'remove the submodule',
  },
  directory: { state: 'is a directory now', removal: 'rename the directory' },
};
