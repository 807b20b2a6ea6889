"""What a file of pictures or video is, read from its bytes, and a picture made to fit. Pure, and bounded in time and memory."""
