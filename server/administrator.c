/* Password first, user second: FILE.new is written and synced, then the user is committed, then the file gets its name.
 * A FILE.new that is left over holds the password of a start that was broken off, so it is used again. */
#include "server/administrator.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/check.h"
#include "common/log.h"
#include "server/password/password.h"
#include "server/store/store.h"

#define LOGIN      "admin"
#define LENGTH     20 /* of 32 letters: 100 bits */
#define PATH_BYTES 4096

static bool fail(char *message, size_t message_bytes, const char *path)
{
    snprintf(message, message_bytes, "%s: %s", path, strerror(errno));
    return false;
}

/* Small letters and digits that are not taken for each other. */
static void invent(char password[LENGTH + 1])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

    _Static_assert(sizeof letters - 1 == 32, "five bits a letter");
    for (int i = 0; i < LENGTH; i++)
        password[i] = letters[randombytes_uniform(32)];
    password[LENGTH] = '\0';
}

static bool read_left_over(const char *path, char password[LENGTH + 1])
{
    FILE *file = fopen(path, "re");
    bool whole;

    if (file == NULL)
        return false;
    whole = fread(password, 1, LENGTH, file) == LENGTH && fgetc(file) == '\n';
    password[LENGTH] = '\0';
    fclose(file);
    return whole && strlen(password) == LENGTH;
}

static bool write_new(const char *path, const char *password)
{
    char line[LENGTH + 2];
    bool written;
    int fd;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    snprintf(line, sizeof line, "%s\n", password);
    written = write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0;
    sodium_memzero(line, sizeof line);
    return close(fd) == 0 && written;
}

/* The user stands, or stood already. */
static bool settle(const char *file, const char *fresh, bool created, bool left_over, char *message,
                   size_t message_bytes)
{
    if (created || (left_over && access(file, F_OK) != 0)) {
        if (rename(fresh, file) != 0)
            return fail(message, message_bytes, file);
        log_info("the password of user " LOGIN " is in %s", file);
        return true;
    }
    return unlink(fresh) == 0 || fail(message, message_bytes, fresh);
}

/* Two servers that start first with one file take turns: the lock is on the file's directory. -1: errno says why. */
static int lock_directory(const char *file)
{
    char directory[PATH_BYTES];
    char *slash;
    int fd;

    snprintf(directory, sizeof directory, "%s", file);
    slash = strrchr(directory, '/');
    if (slash == NULL)
        snprintf(directory, sizeof directory, ".");
    else
        slash[slash == directory] = '\0';
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The password that the new user will have: of a start that was broken off, else a new one, on disk first. */
static bool have_password(const char *fresh, bool left_over, char password[LENGTH + 1])
{
    if (left_over)
        return true;
    invent(password);
    return write_new(fresh, password);
}

static bool make_locked(struct store_owner *owner, const char *file, const char *zone, bool cheap, char *message,
                        size_t message_bytes)
{
    char fresh[PATH_BYTES], password[LENGTH + 1], hash[PASSWORD_HASH_BYTES];
    struct store_start start = {0};
    bool created = false, left_over, has_users;

    if (snprintf(fresh, sizeof fresh, "%s.new", file) >= (int)sizeof fresh) {
        errno = ENAMETOOLONG;
        return fail(message, message_bytes, file);
    }
    CHECK(sodium_init() >= 0);
    left_over = read_left_over(fresh, password);
    if (!store_has_users(owner, &has_users, &start)) {
        snprintf(message, message_bytes, "%s", start.message);
        return false;
    }
    if (has_users)
        return !left_over || settle(file, fresh, false, true, message, message_bytes);
    if (!have_password(fresh, left_over, password))
        return fail(message, message_bytes, fresh);
    CHECK(password_hash_now(password, cheap, hash));
    sodium_memzero(password, sizeof password);
    if (!store_bootstrap(owner, LOGIN, hash, zone, &created, &start)) {
        snprintf(message, message_bytes, "%s", start.message);
        return false;
    }
    return settle(file, fresh, created, left_over, message, message_bytes);
}

bool administrator_make(struct store_owner *owner, const char *file, const char *zone, bool cheap, char *message,
                        size_t message_bytes)
{
    int lock = lock_directory(file);
    bool made;

    if (lock < 0)
        return fail(message, message_bytes, file);
    made = make_locked(owner, file, zone, cheap, message, message_bytes);
    close(lock);
    return made;
}
