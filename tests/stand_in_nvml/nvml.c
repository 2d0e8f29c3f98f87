/* A stand-in for the NVIDIA driver's libnvidia-ml.so.1, for tests on machines without one.

   It reads the file that $STAND_IN_NVML names at every call, so that a test can change the readings of a running
   process. The file has one "key value" a line:

       init 9                      nvmlInit answers with error 9
       gpu                         the next lines are about another GPU
       uuid GPU-...
       memory_used_mib 12          a figure
       power_mw error 999          the call answers with error 999
       processes 123 456
       lost                        every call about this GPU answers "GPU is lost", as if it fell off the bus
       mig_mode 1                  it is cut up into MIG slices
       slice 2                     the next lines are about the slice in that place of the GPU

   What is not written is "not supported". -DOLD_DRIVER leaves out the calls that drivers before 510 do not have. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, LOST = 15 };

static int initialized = 0;

enum { PLACES = 7, STRIDE = 1000 };

/* Finds "key value" of a GPU, or of a slice: gpu + STRIDE * (place + 1); of the driver itself: gpu -1.
   Answers with 1 where it is written. */
static int find(int gpu, const char *key, char *value, size_t room)
{
    const char *path = getenv("STAND_IN_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[1024];
    int at = -1, found = 0;
    size_t length = strlen(key);
    while (file && !found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (!strcmp(line, "gpu"))
            at = at % STRIDE + 1;
        else if (!strncmp(line, "slice ", 6)) {
            at = at % STRIDE + STRIDE * (atoi(line + 6) + 1);
            if (at == gpu && !strcmp(key, "slice"))
                found = 1;
        }
        else if (at == gpu && !strncmp(line, key, length) && (line[length] == ' ' || line[length] == 0)) {
            snprintf(value, room, "%s", line[length] ? line + length + 1 : "");
            found = 1;
        }
    }
    if (file)
        fclose(file);
    return found;
}

static int count(void)
{
    const char *path = getenv("STAND_IN_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[1024];
    int gpus = 0;
    while (file && fgets(line, sizeof line, file))
        gpus += !strcmp(line, "gpu\n");
    if (file)
        fclose(file);
    return gpus;
}

/* One reading as text, or why there is none. A handle is the index plus one. */
static int reading(void *handle, const char *key, char *value, size_t room)
{
    int gpu = (int)(intptr_t)handle - 1;
    if (!initialized)
        return UNINITIALIZED;
    if (gpu < 0 || gpu % STRIDE >= count())
        return INVALID_ARGUMENT;
    if (find(gpu % STRIDE, "lost", value, room))
        return LOST;
    if (!find(gpu, key, value, room))
        return NOT_SUPPORTED;
    return strncmp(value, "error ", 6) ? OK : atoi(value + 6);
}

static int text(void *handle, const char *key, char *out, unsigned room)
{
    char value[1024];
    int result = reading(handle, key, value, sizeof value);
    if (result == OK)
        snprintf(out, room, "%s", value);
    return result;
}

static int figure(void *handle, const char *key, unsigned long long *out)
{
    char value[1024];
    int result = reading(handle, key, value, sizeof value);
    if (result == OK)
        *out = strtoull(value, NULL, 10);
    return result;
}

static int whole(void *handle, const char *key, unsigned *out)
{
    unsigned long long value;
    int result = figure(handle, key, &value);
    if (result == OK)
        *out = (unsigned)value;
    return result;
}

int nvmlInitWithFlags(unsigned flags)
{
    char value[64];
    (void)flags;
    if (find(-1, "init", value, sizeof value) && atoi(value))
        return atoi(value);
    initialized++;
    return OK;
}

int nvmlShutdown(void)
{
    if (!initialized)
        return UNINITIALIZED;
    initialized--;
    return OK;
}

const char *nvmlErrorString(int result)
{
    static char words[64];
    snprintf(words, sizeof words, "stand-in error %d", result);
    return words;
}

int nvmlDeviceGetCount_v2(unsigned *out)
{
    char value[64];
    if (!initialized)
        return UNINITIALIZED;
    if (find(-1, "count", value, sizeof value) && !strncmp(value, "error ", 6))
        return atoi(value + 6);
    *out = (unsigned)count();
    return OK;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **out)
{
    char value[64];
    if (!initialized)
        return UNINITIALIZED;
    if (index >= (unsigned)count())
        return INVALID_ARGUMENT;
    if (find((int)index, "lost", value, sizeof value))
        return LOST;
    *out = (void *)(intptr_t)(index + 1);
    return OK;
}

int nvmlDeviceGetMigMode(void *gpu, unsigned *current, unsigned *pending)
{
    int result = whole(gpu, "mig_mode", current);
    *pending = *current;
    return result;
}

int nvmlDeviceGetMaxMigDeviceCount(void *gpu, unsigned *out)
{
    (void)gpu;
    *out = PLACES;
    return OK;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *gpu, unsigned place, void **out)
{
    char value[64];
    int slice = (int)(intptr_t)gpu - 1 + STRIDE * ((int)place + 1);
    if (!find(slice, "slice", value, sizeof value))
        return NOT_FOUND;
    *out = (void *)(intptr_t)(slice + 1);
    return OK;
}

int nvmlDeviceGetGpuInstanceId(void *slice, unsigned *out) { return whole(slice, "gpu_instance", out); }

int nvmlDeviceGetComputeInstanceId(void *slice, unsigned *out) { return whole(slice, "compute_instance", out); }

int nvmlDeviceGetUUID(void *gpu, char *out, unsigned room) { return text(gpu, "uuid", out, room); }

int nvmlDeviceGetName(void *gpu, char *out, unsigned room) { return text(gpu, "name", out, room); }

int nvmlDeviceGetPowerUsage(void *gpu, unsigned *out) { return whole(gpu, "power_mw", out); }

int nvmlDeviceGetEnforcedPowerLimit(void *gpu, unsigned *out) { return whole(gpu, "power_limit_mw", out); }

struct memory { unsigned long long total, free, used; };

int nvmlDeviceGetMemoryInfo(void *gpu, struct memory *out)
{
    unsigned long long total = 0, reserved = 0, used = 0;
    int result = figure(gpu, "memory_total_mib", &total);
    if (result == OK)
        result = figure(gpu, "memory_used_mib", &used);
    if (result != OK)
        return result;
    figure(gpu, "memory_reserved_mib", &reserved);
    out->total = total << 20;
    out->used = (used + reserved) << 20;
    out->free = out->total - out->used;
    return OK;
}

struct utilization { unsigned gpu, memory; };

int nvmlDeviceGetUtilizationRates(void *gpu, struct utilization *out)
{
    out->memory = 0;
    return whole(gpu, "utilization_pct", &out->gpu);
}

int nvmlDeviceGetClockInfo(void *gpu, unsigned kind, unsigned *out)
{
    return kind == 1 ? whole(gpu, "sm_clock_mhz", out) : INVALID_ARGUMENT; /* 1: of the multiprocessors */
}

/* Drivers before 535 know the second name only. */
#ifndef OLD_DRIVER
int nvmlDeviceGetCurrentClocksEventReasons(void *gpu, unsigned long long *out)
{
    return figure(gpu, "clock_reasons", out);
}
#endif

int nvmlDeviceGetCurrentClocksThrottleReasons(void *gpu, unsigned long long *out)
{
    return figure(gpu, "clock_reasons", out);
}

int nvmlDeviceGetCudaComputeCapability(void *gpu, int *major, int *minor)
{
    char value[64];
    int result = text(gpu, "compute_capability", value, sizeof value);
    return result != OK ? result : sscanf(value, "%d.%d", major, minor) == 2 ? OK : INVALID_ARGUMENT;
}

struct process { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; };

static int processes(void *gpu, unsigned *room, struct process *out)
{
    char value[1024];
    unsigned listed = 0;
    int result = reading(gpu, "processes", value, sizeof value);
    if (result != OK)
        return result;
    for (char *rest = value, *word; (word = strtok_r(rest, " ", &rest)); listed++)
        if (out && listed < *room)
            out[listed] = (struct process){(unsigned)atoi(word), ~0ull, ~0u, ~0u};
    result = listed > *room ? TOO_SMALL : OK;
    *room = listed;
    return result;
}

#ifdef OLD_DRIVER

int nvmlDeviceGetComputeRunningProcesses_v2(void *gpu, unsigned *room, struct process *out)
{
    return processes(gpu, room, out);
}

#else

int nvmlDeviceGetComputeRunningProcesses_v3(void *gpu, unsigned *room, struct process *out)
{
    return processes(gpu, room, out);
}

struct memory_v2 { unsigned version; unsigned long long total, reserved, free, used; };

int nvmlDeviceGetMemoryInfo_v2(void *gpu, struct memory_v2 *out)
{
    struct memory first;
    unsigned long long reserved = 0;
    int result = nvmlDeviceGetMemoryInfo(gpu, &first);
    if (out->version != (sizeof *out | 2u << 24))
        return 25; /* argument version mismatch */
    if (result != OK)
        return result;
    figure(gpu, "memory_reserved_mib", &reserved);
    out->total = first.total;
    out->reserved = reserved << 20;
    out->free = first.free;
    out->used = first.used - out->reserved;
    return OK;
}

#endif

#ifdef NEW_DRIVER

struct temperature { unsigned version, sensor; int celsius; };

int nvmlDeviceGetTemperatureV(void *gpu, struct temperature *out)
{
    if (out->version != (sizeof *out | 1u << 24))
        return 25;
    return whole(gpu, "temperature_c", (unsigned *)&out->celsius);
}

#else

int nvmlDeviceGetTemperature(void *gpu, unsigned sensor, unsigned *out)
{
    (void)sensor;
    return whole(gpu, "temperature_c", out);
}

#endif
