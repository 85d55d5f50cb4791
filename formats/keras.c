/* Keras 3's .keras: a zip file of config.json, metadata.json and the weights, an HDF5 file. */
#include "format.h"

static void add_json(THFormat *f, const Zip *zip, const char *name, const char *key)
{
  const ZipEntry *e = Zip_find(zip, name);
  if (!e) return;
  Span s = {Zip_bytes(f, e, e->bytes), e->bytes, e->stored.at};
  Value_putText(f, f->value, key, Json_read(f, s));
}

void Keras_openZip(THFormat *f, Zip zip)
{
  const ZipEntry *weights = Zip_find(&zip, "model.weights.h5");
  Hdf5_read(f, (Span){Zip_bytes(f, weights, weights->bytes), weights->bytes, weights->stored.at});
  add_json(f, &zip, "config.json", "config");
  add_json(f, &zip, "metadata.json", "metadata");
}
