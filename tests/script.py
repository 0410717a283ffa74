"""A terminal that is a script: it answers questions by their ids, and remembers what it was asked and told."""

from scaffold.wizard.prompt import Reply


class Script:
    """A terminal that answers each question once by its id, accepts what is proposed otherwise, and remembers."""

    columns, unicode = 79, False

    def __init__(self, **replies):
        self.replies = {name.replace("_", "."): list(several) for name, several in replies.items()}
        self.prompts, self.said = [], []

    def say(self, lines):
        self.said += lines

    def ask(self, prompt):
        self.prompts.append(prompt)
        name = prompt.question or prompt.choices[0].word
        left = self.replies.get(name, [])
        reply = left.pop(0) if left else prompt.proposed
        if isinstance(reply, Reply):
            return reply
        assert reply is not None, f"nothing is proposed: {prompt}"
        return Reply("answer", reply)

    @property
    def asked(self):
        return [prompt.question for prompt in self.prompts if prompt.question]
