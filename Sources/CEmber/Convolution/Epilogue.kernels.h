// What follows a convolution, on registers. Each number is computed as the element-wise operators do it, one after the other.

/// `v` holds neighbouring channels of a pixel, of which the first is the epilogue's first.
template <class V, class Load>
EMBER_INLINE V finished(V v, const ember_epilogue &e, int64_t at, Load &&load) {
  if (e.scale) {
    const V scale = load(e.scale + at);
    v = e.shift ? v * scale + load(e.shift + at) : v * scale;
  } else if (e.shift) {
    v += load(e.shift + at);
  }
  if (e.addend) v += load(e.addend + at);
  return e.relu ? (v < V(0.f) ? V(0.f) : v) : v;
}

/// to[i] = finished(from[i]) for `count` neighbouring channels of a pixel; `from` and `to` may be the same.
EMBER_INLINE void finishChannels(const float *from, float *to, int64_t count, const ember_epilogue &e) {
  int64_t i = 0;
  for (; i + lanes<float> <= count; i += lanes<float>)
    store(to + i, finished(load(from + i), e, i, [](const float *p) { return load(p); }));
  for (; i < count; ++i) to[i] = finished(from[i], e, i, [](const float *p) { return *p; });
}

/// Elements of one channel.
inline void finishPlane(float *data, int64_t count, const ember_epilogue &e) {
  const float scale = e.scale ? *e.scale : 1, shift = e.shift ? *e.shift : 0;
  for (int64_t i = 0; i < count; ++i) {
    float v = data[i];
    if (e.scale) v = e.shift ? v * scale + shift : v * scale;
    else if (e.shift) v += shift;
    if (e.addend) v += e.addend[i];
    data[i] = e.relu && v < 0 ? 0 : v;
  }
}
