/* A recording of what a server sent on its commit connections: records one after the other, in the order of sending.
 * Numbers are int32 of the machine. A record is its kind (1 byte), the number of the connection (from 1), and
 *   prepare  name, text
 *   query    text, count of parameters, the parameters
 *   execute  name, count of parameters, the parameters
 *   sync     nothing
 * A text is its length with the NUL, and its bytes. A parameter is its format (0 text, 1 binary), its length (-1: SQL
 * NULL; of a text with its NUL), and its bytes. */
#ifndef CREDITD_BENCH_RECORD_H
#define CREDITD_BENCH_RECORD_H

#define RECORD_PREPARE 'P'
#define RECORD_QUERY   'Q'
#define RECORD_EXECUTE 'E'
#define RECORD_SYNC    'S'

#define RECORD_ENVIRONMENT "CREDITBENCH_RECORD"   /* names the file */
#define RECORD_OF_COMMANDS "apply_command_insert" /* who prepares it is a commit connection */

#endif
