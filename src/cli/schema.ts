import type { Command } from 'commander';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { type ResourceKind, resourceKinds } from '../fleet/resource.ts';
import { nearest } from '../manifest/diagnostics/nearest.ts';
import { bundleSchema } from '../manifest/schema/bundle-schema.ts';
import { schemaFile, schemas } from '../manifest/schema/validators.ts';
import type { CliContext } from './context.ts';
import { writeJson } from './json-text.ts';
import { addExamples, type Format, formatOption } from './options.ts';
import { alignColumns } from './table.ts';

export function registerSchema(command: Command, context: CliContext): void {
  command
    .argument('[kind]', 'kind of manifest, e.g. Environment')
    .addOption(formatOption())
    .action((kind: string | undefined, { format }: { readonly format: Format }) =>
      printSchema(context, kind, format),
    );
  addExamples(command, 'pressluft schema', 'pressluft schema Environment > environment.schema.json');
}

/** Prints the bundled schema of a kind, or the list of kinds. Throws PL2001 for an unknown kind. */
function printSchema(context: CliContext, kind: string | undefined, format: Format): void {
  if (kind !== undefined) writeJson(context, bundleSchema(knownKind(kind)));
  else if (format === 'json') writeJson(context, kindList());
  else
    context.stdout.write(
      `${alignColumns(kindList().map((entry) => [entry.kind, firstSentence(entry.description)])).join('\n')}\n`,
    );
}

/** Kinds are matched case-insensitively. */
function knownKind(text: string): ResourceKind {
  const kind = resourceKinds.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (kind !== undefined) return kind;
  const guess = nearest(text, resourceKinds);
  throw new PressluftError(errors.flagInvalid, `there is no kind ${JSON.stringify(text)}`, {
    hint:
      guess === undefined
        ? `The kinds are ${resourceKinds.join(', ')}.`
        : `Did you mean ${guess}? The kinds are ${resourceKinds.join(', ')}.`,
  });
}

function firstSentence(text: string): string {
  return /^.*?\.(?= [A-Z]|$)/.exec(text)?.[0] ?? text;
}

function kindList() {
  return resourceKinds.map((kind) => ({
    kind,
    description: schemas[kind].description,
    schema: `schemas/${schemaFile(kind)}`,
  }));
}
