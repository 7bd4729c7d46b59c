/** How often what an agent needs at its start is read: a disk that fails now may not a moment later. */
export const reading = { attempts: 8, baseMs: 100, capMs: 5_000 };
