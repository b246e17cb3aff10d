"""Facts and rules of a chat: attrs and the standard library only."""
