/** Something that befalls one place for a while. */
export interface Fault {
  readonly kind: string;
  readonly place: string;
  /** What it befalls there; one at a time. */
  readonly thing: string;
  /** How many times longer than others it lasts. */
  readonly lasts?: number;
  /** `size`: from 0 to 1. */
  begin(size: number): Promise<void>;
  /** What shows that it has taken effect; undefined while nothing does. */
  proof(): Promise<string | undefined>;
  end(): Promise<void>;
}
