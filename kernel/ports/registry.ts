/** Knows every schema ever used to write an event, by the id that its bytes carry. */
export interface SchemaRegistry {
  /**
   * The id of a schema under a subject (`<topic>-<full name>`); registers it when it is new.
   * The same text always gets the same id.
   */
  idOf(subject: string, schema: string): Promise<number>;
  /** The schema's text (canonical JSON as registered). SCHEMA_UNKNOWN when there is none with this id. */
  schemaOf(id: number): Promise<string>;
}
