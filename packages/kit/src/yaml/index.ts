export {
  parseYaml,
  parseYamlDocuments,
  type YamlDocument,
  type YamlSchemas,
  type YamlSource,
} from './parse.ts';
export type { YamlPlace } from './places.ts';
