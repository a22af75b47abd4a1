/* Changes models for libFuzzer. Most changes are made to a field of a record, and the checksums are made right again:
 * otherwise nothing behind the checksum would ever be reached. */
#include <stdbool.h>

#include "random.h"
#include "records.h"

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed);

/* A model that is changed. Its header and tables lie inside its bytes. */
typedef struct subject {
  uint8_t *bytes;
  size_t size, tables_end;
  model_header header;
  random_state *random;
} subject;

/* Reads the header. Returns false where the tables do not fit into the bytes. */
static bool read_header(subject *self) {
  if (self->size < sizeof self->header) return false; /* none of version 1 is so short either */
  memcpy(&self->header, self->bytes, sizeof self->header);
  const model_header *header = &self->header;
  uint64_t end = header_bytes(header) + (uint64_t)header->tensor_count * tensor_record_bytes(header) +
                 (uint64_t)header->layer_count * sizeof(layer_record);
  self->tables_end = (size_t)end;
  return header->tensor_count > 0 && header->layer_count > 0 && end <= header->metadata_size &&
         header->metadata_size <= self->size;
}

static uint32_t changed(const subject *self, uint32_t word) {
  /* The numbers at which the checks of the format decide, and those around them. */
  static const uint32_t bounds[] = {0, 1, 2, 3, 4, 8, 16, 31, 32, 64, 128, 255, 256, 1024, 4096, 32767, 32768, 65536,
                                    1 << 20, 1 << 30, 0x7fffffff, 0x80000000, 0xffff8000, 0xffffffff};
  uint32_t bound = bounds[random_in(self->random, 0, sizeof bounds / sizeof *bounds - 1)], other;
  switch (random_in(self->random, 0, 6)) {
    case 0: return bound;
    case 1: return bound + random_in(self->random, 0, 2) - 1;
    case 2: return word + random_in(self->random, 1, 4);
    case 3: return word - random_in(self->random, 1, 4);
    case 4: return word ^ 1u << random_in(self->random, 0, 31);
    case 5: return word + 64 * (random_in(self->random, 0, 8) - 4);
    default: /* another field of the tables */
      memcpy(&other, self->bytes + 4 * random_in(self->random, 0, (uint32_t)self->tables_end / 4 - 1), sizeof other);
      return other;
  }
}

/* Changes one of the `count` words at `offset`. */
static void change_word(const subject *self, size_t offset, size_t count) {
  if (count == 0) return;
  uint8_t *place = self->bytes + offset + 4 * random_in(self->random, 0, (uint32_t)count - 1);
  uint32_t word;
  memcpy(&word, place, sizeof word);
  word = changed(self, word);
  memcpy(place, &word, sizeof word);
}

static size_t any_tensor(const subject *self) {
  return header_bytes(&self->header) +
         random_in(self->random, 0, self->header.tensor_count - 1) * tensor_record_bytes(&self->header);
}

static size_t any_layer(const subject *self) {
  return layer_offset(&self->header, random_in(self->random, 0, self->header.layer_count - 1));
}

/* Fills some of the weights with the smallest, the largest or any numbers. */
static void change_weights(const subject *self) {
  uint32_t count = (uint32_t)self->size - self->header.metadata_size;
  if (count == 0) return;
  uint32_t first = random_in(self->random, 0, count - 1), last = random_in(self->random, first, count - 1);
  uint32_t kind = random_in(self->random, 0, 3);
  for (uint32_t i = first; i <= last; ++i)
    self->bytes[self->header.metadata_size + i] =
        kind == 0 ? 0x80 : kind == 1 ? 0x7f : (uint8_t)random_bits(self->random);
}

static void change(const subject *self) {
  switch (random_in(self->random, 0, 10)) {
    case 0: change_word(self, 0, header_bytes(&self->header) / 4); break;
    case 1: case 2: case 3: change_word(self, any_tensor(self), tensor_record_bytes(&self->header) / 4); break;
    case 4: case 5: case 6: change_word(self, any_layer(self), sizeof(layer_record) / 4); break;
    case 7: change_word(self, self->tables_end, (self->header.metadata_size - self->tables_end) / 4); break;
    case 8: change_weights(self); break;
    case 9:
      if (one_in(self->random, 2)) {
        memmove(self->bytes + any_tensor(self), self->bytes + any_tensor(self), tensor_record_bytes(&self->header));
      } else {
        memmove(self->bytes + any_layer(self), self->bytes + any_layer(self), sizeof(layer_record));
      }
      break;
    default: { /* an arena in which larger tensors have room */
      uint32_t bytes = 1 << 22;
      memcpy(self->bytes + offsetof(model_header, tensor_bytes), &bytes, sizeof bytes);
    }
  }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t capacity, unsigned seed) {
  random_state random = {seed};
  subject self = {.bytes = bytes, .size = size, .random = &random};
  for (uint32_t count = random_in(&random, 1, 4); count > 0; --count) {
    if (read_header(&self) && !one_in(&random, 16)) {
      change(&self);
    } else {
      self.size = LLVMFuzzerMutate(bytes, self.size, capacity);
    }
  }
  if (!one_in(&random, 16)) seal(bytes, self.size);
  return self.size;
}
