"""A `RunRef` stands for a run, wherever an id does, also after it was stored as JSON or pickled."""

import pickle

from fault_server import FaultServer

from tinyfish import RunRef, TinyFish


def test_a_stored_ref_is_taken_like_an_id() -> None:
    with FaultServer(run_seconds=60) as server, TinyFish("sk", base_url=server.url) as client:
        refs = [client.agent.queue(goal=f"Read {n}", url="https://shop.example").ref for n in range(2)]
        stored = [RunRef.from_json(refs[0].to_json()), pickle.loads(pickle.dumps(refs[1]))]
        assert stored == refs
        assert [client.runs.get(ref).run_id for ref in stored] == [ref.run_id for ref in refs]
        many = client.runs.get_many([*stored, refs[0].run_id])  # named twice, asked for once
        assert [run.run_id for run in many.data] == [ref.run_id for ref in refs]
        client.runs.cancel(stored[0])
        assert [one.status for one in client.runs.cancel_many(stored).results] == ["CANCELLED"] * 2
        assert [run.status for run in client.runs.wait_many(stored)] == ["CANCELLED"] * 2
