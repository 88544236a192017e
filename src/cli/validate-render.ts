import {
  type Diagnostic,
  renderDiagnosticsJson,
  renderDiagnosticsText,
  renderGithubAnnotations,
  renderGitlab,
  renderJunit,
  renderSarif,
} from '../manifest/index.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { jsonText } from './json-text.ts';
import type { Paint } from './paint.ts';
import type { ValidateFormat } from './validate.ts';
import { type Validation, verdictLine } from './validate-verdict.ts';

/** The result in one of its forms; ends with a newline unless there is nothing to say. */
export function renderValidation(validation: Validation, format: ValidateFormat, paint: Paint): string {
  switch (format) {
    case 'text':
      return text(validation, paint);
    case 'json':
      return json(validation);
    case 'github':
      return renderGithubAnnotations(inCheckout(validation), validation.readOn);
    case 'gitlab':
      return jsonText(renderGitlab(inCheckout(validation)));
    case 'sarif':
      return jsonText(renderSarif(inCheckout(validation), validation.version));
    case 'junit':
      return renderJunit(inCheckout(validation), filesOf(validation));
    default:
      return format satisfies never;
  }
}

function text(validation: Validation, paint: Paint): string {
  const found = renderDiagnosticsText(validation.loaded.diagnostics, diagnosticStyle(paint));
  return `${found}${found === '' ? '' : '\n'}${verdictLine(validation, paint)}`;
}

function json({ loaded, valid }: Validation): string {
  const { resources, fileCount, diagnostics } = loaded;
  return jsonText({
    ...renderDiagnosticsJson(diagnostics),
    valid,
    files: fileCount,
    resources: resources.map((resource) => resource.ref),
  });
}

/** The findings with paths as the forge knows them. */
export function inCheckout({ loaded, prefix }: Validation): readonly Diagnostic[] {
  if (prefix === '') return loaded.diagnostics;
  return loaded.diagnostics.map((found) => ({ ...found, file: `${prefix}${found.file}` }));
}

function filesOf({ loaded, prefix }: Validation): readonly string[] {
  return [...new Set(loaded.resources.map(({ file }) => `${prefix}${file}`))];
}
