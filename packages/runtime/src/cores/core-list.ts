/** CPU numbers of a list as the kernel writes it, such as `0-2,4` (cpuset(7), "List format"). */
export function parseCoreList(text: string): number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = '', last = first] = part.split('-');
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
    });
}
