import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { usePage } from './page-context.ts';
import type { StoredCorrection } from '../state/stored-corrections.ts';

export function StoredList() {
  const { stored } = usePage().teaching;
  const list = stored.list.value;
  return (
    <div class="stored">
      {stored.problem.value !== undefined && (
        <p class="problem" role="alert">
          {stored.problem.value}
        </p>
      )}
      {list.length > 0 && (
        <>
          <p class="quiet">{stored.total} stored at this worker</p>
          <ul aria-label="Stored corrections">
            {list.map((correction) => (
              <Stored key={correction.id} correction={correction} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Stored({ correction }: { correction: StoredCorrection }) {
  const { stored } = usePage().teaching;
  const { id, label, prediction, expiresAt } = correction;
  const [picture, setPicture] = useState<string>();
  useEffect(() => {
    let address: string | undefined;
    let isGone = false;
    void stored.picture(id).then((found) => {
      if (isGone && found !== undefined) return URL.revokeObjectURL(found);
      address = found;
      setPicture(found);
    });
    return () => {
      isGone = true;
      if (address !== undefined) URL.revokeObjectURL(address);
    };
  }, [id]);
  return (
    <li class="stored-item">
      {picture === undefined ? (
        <span class="thumb" />
      ) : (
        <img class="thumb" src={picture} alt={`Cut-out stored as ${label}`} />
      )}
      <span class="stored-text">
        {prediction.label} → <strong>{label}</strong>
        <span class="quiet"> until {new Date(expiresAt).toLocaleDateString()}</span>
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label={`Delete the correction stored as ${label}`}
        title="Delete"
        onClick={() => void stored.remove(id)}
      >
        <Icon name="clear" />
      </button>
    </li>
  );
}
