import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import type { SecretField } from '../parsed-file.ts';
import { stringAt } from '../plain.ts';
import { secretFields } from '../secret-fields.ts';

const secretVariable = /^PRESSLUFT_SECRET_[A-Z0-9_]+$/;
/** Allowed only for tokens of providers: elsewhere a manifest could send such a token to any host. */
const tokenVariable = /^(HCLOUD_|PRESSLUFT_SECRET_)[A-Z0-9_]+$/;
/** A file of the controller's secrets directory, or a path in one that holds secrets for services: container secrets, systemd credentials, and our own. */
const secretFile =
  /^(\/(run\/secrets|run\/credentials|etc\/pressluft)\/)?(?!\.{1,2}(\/|$))[A-Za-z0-9._@-]+(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._@-]+)*$/;

/** Limits the references of manifests, so that they cannot send other secrets of the controller to any host. */
export function secretReferenceChecks(kind: ResourceKind, value: Json): FieldProblem[] {
  return secretFields(kind, value).flatMap((field) => [...variableCheck(field), ...fileCheck(field)]);
}

function variableCheck({ path, value, providerToken }: SecretField): FieldProblem[] {
  const variable = stringAt(value, 'env');
  if (variable === undefined || (providerToken ? tokenVariable : secretVariable).test(variable)) return [];
  return [
    {
      code: diagnosticCodes.secretReferenceNotAllowed,
      message: `the environment variable ${quoted(variable)} cannot be used by a manifest`,
      path: [...path, 'env'],
      at: 'value',
      expected: providerToken
        ? 'a name in upper case that starts with HCLOUD_ or PRESSLUFT_SECRET_, e.g. HCLOUD_TOKEN'
        : 'a name in upper case that starts with PRESSLUFT_SECRET_, e.g. PRESSLUFT_SECRET_RESTIC',
    },
  ];
}

function fileCheck({ path, value }: SecretField): FieldProblem[] {
  const file = stringAt(value, 'file');
  if (file === undefined || secretFile.test(file)) return [];
  return [
    {
      code: diagnosticCodes.secretReferenceNotAllowed,
      message: `the file ${quoted(file)} cannot be used by a manifest`,
      path: [...path, 'file'],
      at: 'value',
      expected:
        'a file name such as hcloud-token, or a path below /run/secrets, /run/credentials or /etc/pressluft',
    },
  ];
}
