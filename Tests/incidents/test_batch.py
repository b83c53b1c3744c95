"""A batch that does not finish: at its pace it would end long after its window."""
import json

import pytest
from stage import wait_until

JOB = [{"custom_id": str(number), "method": "POST", "url": "/v1/chat/completions",
        "body": {"model": "llama2", "messages": [{"role": "user", "content": "Hello"}]}} for number in range(8000)]


@pytest.fixture(scope="session")
def late(make_stage):
    """A job of 8,000 requests that has to end within an hour, and a host that serves one in a second."""
    stage = make_stage()
    stage.serve(stage.sim("--decode-rate", "20", "--tokens", "20", "--num-parallel", "1"), ollama_num_parallel=1)
    path = stage.folder / "job.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in JOB))

    def submit():
        done = stage.paddock("batch", "submit", str(path), "--window", "1h")
        assert done.returncode == 0, done

    stage.begin(submit)
    return stage


def job(stage):
    return stage.get("/admin/batches")["data"][0]


def test_it_is_told(late):
    trouble = late.trouble("batch_late")
    identity = job(late)["id"]
    assert identity in trouble["text"] and trouble["link"] == "#batches"
    late.says(identity)
    batch = late.model()["batch"]
    assert batch["waiting"] + batch["running"] > 0
    assert late.metric("paddock_batch_jobs", status="in_progress") == 1


def test_the_page_leads_to_the_job_and_cancels_it(late, page):
    page.open(late).is_bad()
    page.follow("#batches")
    identity = job(late)["id"]
    page.shows(identity, "of 8,000 done", "per second", "ends about")
    page.press("Cancel…", confirm="Cancel the job")
    wait_until(lambda: job(late)["status"] in ("cancelling", "cancelled"))
    assert wait_until(lambda: late.events("batch_cancelled"))[0]["batch"] == identity


def test_it_is_over(late):
    late.is_over("batch_late")
