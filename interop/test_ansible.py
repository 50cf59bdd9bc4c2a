"""The real Ansible, with a few of its modules: what is to be there is made once, and taken away once. `playbooks.py` plays
everything; `test_ansible_calls.py` makes the calls of the other modules."""

from playbooks import Ansible
from principals import unique

KEPT = {"managed policy", "user", "role"}


def test_principals_are_made_once_and_taken_away_once(env, tmp_path):
    ansible, named = Ansible(env, tmp_path), {"prefix": unique("ansible"), "brief": True}
    assert ansible.play("manage.yml", state="present", **named) == KEPT
    assert ansible.play("manage.yml", state="present", **named) == set()
    assert ansible.play("manage.yml", state="absent", **named) == {f"{name} gone" for name in KEPT}
