#!/usr/bin/env python3
"""Draws the visitor that a simulated station shows: four seconds that repeat without a jump.

Writes `visitor.ivf` (VP8, a key frame every second) and `frames/NN.jpg` (twelve pictures) beside itself. Needs ffmpeg; nothing but the
files it makes is needed to build or run the project.
"""
import math
import pathlib
import shutil
import subprocess

WIDTH, HEIGHT, RATE, SECONDS = 320, 240, 15, 4
FRAMES = RATE * SECONDS
HERE = pathlib.Path(__file__).resolve().parent


def draw(n):
    """One frame as RGB bytes: a porch, a person who sways and waves, a lamp and a bar that runs with the time."""
    phase = 2 * math.pi * n / FRAMES
    px = bytearray()
    rows = [bytearray(WIDTH * 3) for _ in range(HEIGHT)]

    def fill(x0, y0, x1, y1, colour):
        x0, y0, x1, y1 = (max(0, int(x0)), max(0, int(y0)), min(WIDTH, int(x1)), min(HEIGHT, int(y1)))
        if x1 > x0:
            for y in range(y0, y1):
                rows[y][x0 * 3 : x1 * 3] = bytes(colour) * (x1 - x0)

    def ellipse(cx, cy, rx, ry, colour):
        for y in range(max(0, int(cy - ry)), min(HEIGHT, int(cy + ry) + 1)):
            half = 1 - ((y - cy) / ry) ** 2
            if half > 0:
                w = rx * math.sqrt(half)
                fill(cx - w, y, cx + w, y + 1, colour)

    def limb(x0, y0, x1, y1, r, colour):
        steps = 24
        for i in range(steps + 1):
            t = i / steps
            ellipse(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t, r, r, colour)

    # Wall with bricks, floor, door frame, lamp.
    for y in range(HEIGHT):
        shade = 118 - y // 6
        rows[y][:] = bytes((shade, shade - 8, shade - 20)) * WIDTH
    for y in range(0, 190, 19):
        fill(0, y, WIDTH, y + 2, (84, 78, 68))
        for x in range((y // 19 % 2) * 21, WIDTH, 42):
            fill(x, y, x + 2, y + 19, (84, 78, 68))
    fill(0, 190, WIDTH, HEIGHT, (70, 74, 80))
    fill(228, 30, 306, 190, (60, 40, 30))
    fill(234, 36, 300, 190, (104, 66, 42))
    ellipse(292, 118, 4, 4, (226, 196, 90))
    glow = 210 + int(30 * math.sin(phase * 2))
    ellipse(190, 38, 13, 13, (glow, glow - 20, 120))
    fill(186, 20, 194, 27, (40, 40, 44))

    # The visitor.
    sway = 6 * math.sin(phase)
    x, y = 116 + sway, 108
    fill(x - 24, 176, x - 4, 226, (38, 44, 66))
    fill(x + 4, 176, x + 24, 226, (38, 44, 66))
    ellipse(x - 14, 228, 15, 6, (24, 24, 28))
    ellipse(x + 14, 228, 15, 6, (24, 24, 28))
    ellipse(x, 154, 36, 40, (176, 58, 52))
    wave = 26 * math.sin(phase * 3)
    limb(x - 30, 134, x - 46, 178, 8, (176, 58, 52))
    limb(x + 30, 134, x + 52, 110, 8, (176, 58, 52))
    limb(x + 52, 110, x + 56 + wave, 70, 7, (176, 58, 52))
    ellipse(x + 57 + wave, 62, 9, 9, (226, 182, 150))
    ellipse(x, y - 18, 25, 29, (226, 182, 150))
    ellipse(x, y - 38, 27, 15, (70, 44, 28))
    blink = 1 if n % 45 in (20, 21) else 4
    ellipse(x - 9, y - 20, 3, blink, (30, 30, 36))
    ellipse(x + 9, y - 20, 3, blink, (30, 30, 36))
    ellipse(x, y - 5, 9, 3 + 2 * abs(math.sin(phase * 2)), (150, 62, 60))
    # A parcel, and the bar that shows where in the clip a picture is.
    fill(x - 70, 160, x - 38, 190, (190, 150, 96))
    fill(x - 56, 160, x - 52, 190, (150, 112, 66))
    fill(0, HEIGHT - 6, WIDTH, HEIGHT, (20, 22, 26))
    fill(0, HEIGHT - 6, WIDTH * (n + 1) / FRAMES, HEIGHT, (90, 190, 120))
    for row in rows:
        px += row
    return bytes(px)


def main():
    raw = b"".join(draw(n) for n in range(FRAMES))
    source = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-"]
    plain = ["-fflags", "+bitexact", "-flags:v", "+bitexact"]
    vp8 = ["-c:v", "libvpx", "-b:v", "180k", "-g", str(RATE), "-keyint_min", str(RATE), "-auto-alt-ref", "0", "-deadline", "good"]
    subprocess.run([*source, *vp8, *plain, str(HERE / "visitor.ivf")], input=raw, check=True)
    frames = HERE / "frames"
    shutil.rmtree(frames, ignore_errors=True)
    frames.mkdir()
    jpeg = ["-vf", "select=not(mod(n\\,5))", "-fps_mode", "passthrough", "-c:v", "mjpeg", "-q:v", "6", "-pix_fmt", "yuvj420p", *plain]
    subprocess.run([*source, *jpeg, str(frames / "%02d.jpg")], input=raw, check=True)


if __name__ == "__main__":
    main()
