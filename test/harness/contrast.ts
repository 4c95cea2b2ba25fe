/**
 * A script for a page: of each point of a picture of it, the contrast of its most distinct pixel with the ground, from 1
 * to 21, as WCAG 2.2 defines it.
 *
 * @param name the accessible name of the SVG
 * @param screenshot of the SVG, a PNG in base64
 */
export const contrastsOfPoints = (name: string, screenshot: string): string => `(async () => {
  const image = new Image();
  image.src = 'data:image/png;base64,${screenshot}';
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const luminanceAt = (x, y) => {
    const [red, green, blue] = [...context.getImageData(x, y, 1, 1).data].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = luminanceAt(3, 3);
  const contrast = (other) => (Math.max(other, ground) + 0.05) / (Math.min(other, ground) + 0.05);
  const picture = document.querySelector('svg[aria-label=' + JSON.stringify(${JSON.stringify(name)}) + ']');
  const whole = picture.getBoundingClientRect();
  const scale = image.width / whole.width;
  return [...picture.querySelectorAll('circle[data-trial]')].map((point) => {
    const { left, top, width, height } = point.getBoundingClientRect();
    let most = 1;
    for (let x = 0; x < width * scale; x++)
      for (let y = 0; y < height * scale; y++)
        most = Math.max(most, contrast(luminanceAt((left - whole.left) * scale + x, (top - whole.top) * scale + y)));
    return most;
  });
})()`;
