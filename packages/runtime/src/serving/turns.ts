/** Whether things come several in a turn of the event loop, found out as they come. */
export interface Turns {
  /** One has come. True where it is to wait for the end of the turn, which `atEnd` tells. */
  came(): boolean;
}

/** How often it is looked at while things come one by one: looking costs a turn. */
const LOOK_EVERY = 32;
/** Turns with one each after which nothing waits any more. */
const LONELY = 8;

export function turns(atEnd: () => void): Turns {
  let isLooking = false;
  let isCrowded = false;
  let [inTurn, sinceLook, lonely] = [0, 0, 0];
  const end = () => {
    lonely = inTurn > 1 ? 0 : lonely + 1;
    isCrowded = inTurn > 1 || (isCrowded && lonely < LONELY);
    isLooking = false;
    atEnd();
  };
  return {
    came() {
      if (isLooking) inTurn++;
      else if (isCrowded || ++sinceLook >= LOOK_EVERY) {
        isLooking = true;
        [inTurn, sinceLook] = [1, 0];
        setImmediate(end);
      }
      return isCrowded;
    },
  };
}
