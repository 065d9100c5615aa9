"""Make a short simulated tape, replay it down the line without the engine, and print its signals.

Everything behind the source is a pure function of the tape, so this gives what the flow gives.
Run it with `python examples/02_replay_a_tape.py [HOURS]`; signals need 140 minutes of warm-up.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec

from flows.stages import STAGES
from flows.starting import start_record
from leadline import records
from leadline.records import Record
from leadline.settings import Settings
from operators.decode import decode_records
from simulator.tape import TapeSpec, chunks
from sources.kraken import wire

spec = TapeSpec(seed=1, hours=float(sys.argv[1]) if len(sys.argv) > 1 else 3.5, symbols=("BTC/USD",))
start = start_record(Settings(), spec.tape_id, "example")
start.symbols = list(spec.symbols)
first = Record(0, records.START, 0, spec.start_ns, 0, msgspec.json.encode(start))
tape = [first, *(record for record, _ in records.decode(b"".join(chunks(spec)), 0, 1))]

line = [build() for _, build in STAGES]
moments = decode_records(tape, wire.decode)
for stage in line:
    stage.process(moments)
for moment in moments:
    for row in moment.rows or []:
        if row.table == "signals":
            s = row.values
            print(f"{s['symbol']} {s['side']} {s['setup']} at {s['entry']}: {s['verdict']} {', '.join(s['reasons'])}")
print(f"{len(tape):,} records, signals_hash {line[-1].counts.signals_digest.hex() or '-'}")
