import type { FieldPath, JsonObject } from '../../resources/model.js';
import { listOf, objectOf, textOf } from '../fields.js';
import type { HeaderChanges } from '../model.js';
import { checkName, readAddition } from '../readChanges.js';
import type { Reading } from '../reading.js';
import type { MutationConfig } from './model.js';

/** envoy.extensions.filters.http.header_mutation.v3.HeaderMutation and HeaderMutationPerRoute */
export function readHeaderMutation(reading: Reading, value: JsonObject, path: FieldPath): MutationConfig {
  const mutations = objectOf(value['mutations']);
  const at = [...path, 'mutations'];
  return {
    kind: 'mutation',
    request: readMutations(reading, mutations, 'requestMutations', at),
    response: readMutations(reading, mutations, 'responseMutations', at),
    mostSpecificWins: value['mostSpecificHeaderMutationsWins'] === true,
  };
}

function readMutations(
  reading: Reading,
  mutations: JsonObject,
  field: string,
  path: FieldPath,
): HeaderChanges[] {
  return listOf(mutations[field]).flatMap((item, index): HeaderChanges[] => {
    const mutation = objectOf(item);
    const at = [...path, field, index];
    const name = (textOf(mutation['remove']) ?? '').toLowerCase();
    if (name !== '') {
      checkName(reading, name, [...at, 'remove']);
      return [{ remove: [name], add: [] }];
    }
    if (mutation['append'] === undefined) {
      reading.error('bad-match', at, 'The mutation changes nothing.', 'Set append or remove.');
      return [];
    }
    const added = readAddition(reading, objectOf(mutation['append']), [...at, 'append']);
    return added === undefined ? [] : [{ remove: [], add: [added] }];
  });
}
