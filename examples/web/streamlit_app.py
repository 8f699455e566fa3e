"""Streamlit: a form, the steps of the run as they come, and its result.

streamlit run examples/web/streamlit_app.py
"""

import streamlit as st

from tinyfish import CompleteEvent, TinyFish
from tinyfish.errors import APIError, RunOutcomeError

GOAL = "Read the product's name and its price in euros"


@st.cache_resource
def tinyfish() -> TinyFish:
    """One client for the server: Streamlit runs this file anew for each click, in the thread of each user."""
    return TinyFish(timeout=300)


st.title("Products")
with st.form("page"):
    url = st.text_input("Page", placeholder="https://")
    wanted = st.form_submit_button("Read")

if wanted and url:
    # A click on Stop ends this script where it shows something next, and with it the block: the run is cancelled.
    st.button("Stop")
    try:
        with (
            st.status("Reading", expanded=True) as status,
            tinyfish().agent.stream(goal=GOAL, url=url, cancel_on_exit=True) as stream,
        ):
            for event in stream:
                status.update(
                    label="Reading"
                )  # at every event, heartbeats too: here a click on Stop takes effect
                if event.type == "PROGRESS":
                    st.write(event.purpose)
                elif isinstance(event, CompleteEvent):
                    result = event.raise_for_outcome().result
            status.update(label="Done", state="complete", expanded=False)
        st.json(result)
    except (APIError, RunOutcomeError, ValueError) as error:
        st.error(str(error))
