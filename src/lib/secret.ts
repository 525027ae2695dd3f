import { inspect } from 'node:util';

/** A value that shows itself as `***` wherever it is printed, logged or serialized; only `reveal()` gives it. */
export interface Secret {
  reveal(): string;
}

export function secret(value: string): Secret {
  const hidden = () => '***';
  return Object.freeze({
    reveal: () => value,
    toString: hidden,
    toJSON: hidden,
    [inspect.custom]: hidden,
  });
}
