/**
 * Something learnt from outside about an input of the change, with source and time.
 * Issue by issue this union grows; a fact that could not be had is a record too.
 */
export type Fact =
  | {
      readonly kind: "package";
      readonly purl: string;
      /** The configured registry that answered, without credentials. */
      readonly source: string;
      /** ISO 8601, UTC. */
      readonly time: string;
      readonly exists: boolean;
      readonly publishedAt?: string;
      readonly hasInstallScript?: boolean;
      readonly deprecated?: string;
    }
  | {
      readonly kind: "unavailable";
      readonly subject: string;
      readonly source: string;
      readonly time: string;
      readonly reason: string;
    };
