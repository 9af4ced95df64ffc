const PATHS = {
  mark: 'M4 9V6.500A2.500 2.500 0 0 1 6.500 4H9M15 4h2.500A2.500 2.500 0 0 1 20 6.500V9M20 15v2.500a2.500 2.500 0 0 1-2.500 2.500H15M9 20H6.500A2.500 2.500 0 0 1 4 17.500V15M9.200 8.500h5.800L11.200 16',
  auto: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  dark: 'M19 14.200A7.500 7.500 0 0 1 9.800 5 7.500 7.500 0 1 0 19 14.200z',
  light:
    'M12 8.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M18.400 5.600 17 7M7 17l-1.400 1.400',
  play: 'M8 5.500v13l10.500-6.500z',
  stop: 'M7 7h10v10H7z',
  mirror: 'M12 4v16M9 8l-5 8h5zM15 8l5 8h-5z',
  undo: 'M9 7 5 11l4 4M5 11h9a5 5 0 0 1 0 10h-2',
  clear: 'M6 6l12 12M18 6 6 18',
  image: 'M5 5h14v14H5zM5 16l4.500-4.500L14 16M13 14.500l2-2 4 4M15.500 8.500h.01',
  camera:
    'M4 8.500A1.500 1.500 0 0 1 5.500 7H8l1.500-2h5L16 7h2.500A1.500 1.500 0 0 1 20 8.500v8a1.500 1.500 0 0 1-1.500 1.500h-13A1.500 1.500 0 0 1 4 16.500zM12 9.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  warning: 'M12 5 3.500 19h17zM12 10.500v4M12 16.800h.01',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: whatever it means is said in text beside it, or in its button's label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
