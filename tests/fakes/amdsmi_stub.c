/* A pretend libamd_smi.so: just the functions pyrsmi 1.1 calls to find cards and read memory.
 *
 * It answers from the text file named by AMDSMI_STUB, read anew at each call: lines "key value".
 *   cards N            status F N (function F returns N)   hang F    abort F    noise 1    abi old|new
 *   0.vram_used N ...  0.bdf N   0.busy N   0.name TEXT
 * Handles lie above 4 GiB: a caller that cuts them to 32 bits gets INVAL.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define SOCKET 0x7a1100000000ull
#define CARD 0x7b2200000000ull
enum { OK = 0, INVAL = 1, NOT_SUPPORTED = 2 };

static int find(const char *key, char *value) {
    FILE *file = fopen(getenv("AMDSMI_STUB"), "r");
    char line[256];
    size_t length = strlen(key);
    int found = 0;
    if (!file) return 0;
    while (!found && fgets(line, sizeof line, file))
        if (!strncmp(line, key, length) && line[length] == ' ') {
            strcpy(value, line + length + 1);
            value[strcspn(value, "\n")] = 0;
            found = 1;
        }
    fclose(file);
    return found;
}

static uint64_t number(const char *key, uint64_t otherwise) {
    char value[256];
    return find(key, value) ? strtoull(value, 0, 0) : otherwise;
}

static int enter(const char *function) {
    char key[128], value[256];
    if (number("noise", 0)) {
        printf("Failed to open file: /sys/class/drm//device/max_link_width\n");
        fflush(stdout);
        fprintf(stderr, "Expected integer value from monitor, but got \"\"\n");
    }
    if (find("abort", value) && !strcmp(value, function)) abort();
    if (find("hang", value) && !strcmp(value, function)) sleep(3600);
    snprintf(key, sizeof key, "status %s", function);
    return (int)number(key, OK);
}

static uint64_t of_card(void *handle, const char *field) {
    char key[64];
    snprintf(key, sizeof key, "%d.%s", (int)((uint64_t)handle - CARD) / 16, field);
    return number(key, 0);
}

static int is_card(void *handle) {
    return (uint64_t)handle >= CARD && (uint64_t)handle < CARD + 16 * number("cards", 2);
}

EXPORT int amdsmi_init(uint64_t flags) { return flags == 2 ? enter("init") : INVAL; }
EXPORT int amdsmi_shut_down(void) { return enter("shut_down"); }

EXPORT int amdsmi_get_socket_handles(uint32_t *count, void **sockets) {
    int status = enter("sockets");
    *count = (uint32_t)number("cards", 2);
    for (uint32_t i = 0; sockets && i < *count; i++) sockets[i] = (void *)(SOCKET + 16 * i);
    return status;
}

EXPORT int amdsmi_get_processor_handles(void *socket, uint32_t *count, void **cards) {
    int status = enter("processors");
    if ((uint64_t)socket < SOCKET || (uint64_t)socket >= SOCKET + 16 * number("cards", 2)) return INVAL;
    *count = 1;
    if (cards) cards[0] = (void *)((uint64_t)socket - SOCKET + CARD);
    return status;
}

EXPORT int amdsmi_get_processor_handles_by_type(void *socket, int type, void **cards, uint32_t *count) {
    (void)socket, (void)type, (void)cards, (void)count;
    abort(); /* pyrsmi calls this with too few arguments: it must never get here */
}

EXPORT int amdsmi_status_code_to_string(int status, const char **text) {
    *text = status == INVAL ? "invalid" : "other";
    return OK;
}

static int memory(void *handle, int type, uint64_t *bytes, const char *what) {
    static const char *const kinds[] = {"vram", "vis", "gtt"};
    char field[32];
    if (!is_card(handle) || type < 0 || type > 2) return INVAL;
    snprintf(field, sizeof field, "%s_%s", kinds[type], what);
    *bytes = of_card(handle, field);
    return OK;
}

EXPORT int amdsmi_get_gpu_memory_total(void *handle, int type, uint64_t *bytes) {
    int status = enter("memory_total");
    return status ? status : memory(handle, type, bytes, "total");
}

EXPORT int amdsmi_get_gpu_memory_usage(void *handle, int type, uint64_t *bytes) {
    int status = enter("memory_usage");
    return status ? status : memory(handle, type, bytes, "used");
}

EXPORT int amdsmi_get_gpu_activity(void *handle, uint32_t *activity) {
    if (!is_card(handle)) return INVAL;
    activity[0] = (uint32_t)of_card(handle, "busy");
    activity[1] = activity[2] = 0xffff;
    return enter("activity");
}

EXPORT int amdsmi_get_gpu_device_bdf(void *handle, uint64_t *bdf) {
    if (!is_card(handle)) return INVAL;
    *bdf = of_card(handle, "bdf");
    return enter("bdf");
}

/* The name comes first in every ABI: 64 bytes before ROCm 6.2, 256 since. */
EXPORT int amdsmi_get_gpu_asic_info(void *handle, char *info) {
    char key[64], abi[256] = "new", name[256] = "";
    if (!is_card(handle)) return INVAL;
    find("abi", abi);
    memset(info, 0xee, strcmp(abi, "old") ? 256 : 64 + 4 + 64);
    snprintf(key, sizeof key, "%d.name", (int)((uint64_t)handle - CARD) / 16);
    find(key, name);
    name[63] = 0;
    strcpy(info, name);
    return enter("asic_info");
}
