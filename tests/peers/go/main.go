// Programs that share no code with onus, as its peers in custody: golang.org/x/mod (sumdb/note, sumdb/tlog),
// github.com/transparency-dev/merkle and filippo.io/torchwood.
//
//	peers check CASE PROOF SIGNER [COSIGNER]   whether they accept what onus made
//	peers make CASE OUTPUT                     signs the files in CASE, for onus to check
//	peers time PROOF SIGNER ROUNDS             processor seconds that one check of a proof takes, from its bytes
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// hashes are the stored hashes of a tree, for tlog.
type hashes map[int64]tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		hash, ok := h[i]
		if !ok {
			return nil, fmt.Errorf("no hash %d", i)
		}
		out = append(out, hash)
	}
	return out, nil
}

// add appends a leaf to a tree of so many leaves.
func (h hashes) add(size int64, leaf tlog.Hash) {
	made, err := tlog.StoredHashesForRecordHash(size, leaf, h)
	must(err)
	for i, hash := range made {
		h[tlog.StoredHashIndex(0, size)+int64(i)] = hash
	}
}

// parseTree reads the text of a checkpoint; tlog knows it under one origin only.
func parseTree(text string) tlog.Tree {
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.SplitN(text, "\n", 2)[1]))
	must(err)
	return tree
}

func main() {
	arguments := os.Args[1:]
	switch {
	case len(arguments) >= 4 && arguments[0] == "check":
		check(arguments[1], arguments[2], arguments[3:])
	case len(arguments) == 3 && arguments[0] == "make":
		makeCase(arguments[1], arguments[2])
	case len(arguments) == 4 && arguments[0] == "time":
		timeProof(arguments[1], arguments[2], arguments[3])
	default:
		log.Fatal("usage: peers check CASE PROOF SIGNER [COSIGNER] | make CASE OUTPUT | time PROOF SIGNER ROUNDS")
	}
}
