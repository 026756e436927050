package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checkHistory follows the signed states of a case and gives their number, that of the leaves, and the last checkpoint.
func checkHistory(folder string, verifiers []note.Verifier) (int, int64, []byte) {
	names, err := filepath.Glob(filepath.Join(folder, "custody", "*.signed"))
	must(err)
	sort.Strings(names)
	stored, size := hashes{}, int64(0)
	var old tlog.Tree
	var last []byte
	for _, name := range names {
		file, err := os.ReadFile(name)
		must(err)
		leaves, checkpoint, _ := bytes.Cut(file, []byte("\n\n"))
		for _, line := range strings.Split(string(leaves), "\n")[1:] {
			leaf := tlog.RecordHash([]byte(line))
			if raw, err := hex.DecodeString(line); err == nil && len(raw) == 32 {
				copy(leaf[:], raw)
			}
			stored.add(size, leaf)
			size++
		}
		opened, err := note.Open(checkpoint, note.VerifierList(verifiers...))
		must(err)
		tree := parseTree(opened.Text)
		root, err := tlog.TreeHash(tree.N, stored)
		must(err)
		if tree.N != size || root != tree.Hash {
			log.Fatalf("%s: %d leaves with root %v, the checkpoint says %d and %v", name, size, root, tree.N, tree.Hash)
		}
		if old.N > 0 {
			steps, err := tlog.ProveTree(tree.N, old.N, stored)
			must(err)
			must(tlog.CheckTree(steps, tree.N, tree.Hash, old.N, old.Hash))
		}
		old, last = tree, checkpoint
	}
	opened, err := note.Open(last, note.VerifierList(verifiers...))
	must(err)
	if len(opened.Sigs) != len(verifiers) {
		log.Fatalf("%d of %d signatures", len(opened.Sigs), len(verifiers))
	}
	return len(names), size, last
}

func policyOf(verifier note.Verifier) torchwood.Policy {
	return torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(verifier.Name()), torchwood.SingleVerifierPolicy(verifier))
}

// leafOf is the hash of what a proof discloses.
func leafOf(file []byte) tlog.Hash {
	extra, err := torchwood.ProofExtraData(file)
	must(err)
	leaf, _, _ := bytes.Cut(extra, []byte("~"))
	return tlog.RecordHash(leaf)
}

func checkProof(path string, verifiers []note.Verifier) {
	file, err := os.ReadFile(path)
	must(err)
	policy, leaf := policyOf(verifiers[0]), leafOf(file)
	must(torchwood.VerifyProof(policy, leaf, file))
	head, checkpoint, _ := strings.Cut(string(file), "\n\n")
	proved, err := note.Open([]byte(checkpoint), note.VerifierList(verifiers...))
	must(err)
	tree := parseTree(proved.Text)
	lines := strings.Split(head, "\n")[2:]
	var index int64
	_, err = fmt.Sscanf(lines[0], "index %d", &index)
	must(err)
	var steps tlog.RecordProof
	var raw [][]byte
	for _, line := range lines[1:] {
		step, err := base64.StdEncoding.DecodeString(line)
		must(err)
		raw = append(raw, step)
		steps = append(steps, tlog.Hash(step))
	}
	must(tlog.CheckRecord(steps, tree.N, tree.Hash, index, leaf))
	must(proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(tree.N), leaf[:], raw, tree.Hash[:]))
	leaf[0] ^= 1
	if torchwood.VerifyProof(policy, leaf, file) == nil {
		log.Fatal("another leaf is accepted")
	}
}

func check(folder, proofPath string, keys []string) {
	var verifiers []note.Verifier
	for i, key := range keys {
		var verifier note.Verifier
		var err error
		if i == 0 {
			verifier, err = note.NewVerifier(key)
		} else {
			verifier, err = torchwood.NewCosignatureVerifier(key)
		}
		must(err)
		verifiers = append(verifiers, verifier)
	}
	states, size, _ := checkHistory(folder, verifiers)
	checkProof(proofPath, verifiers)
	fmt.Printf("%d states, %d leaves, %d signatures\n", states, size, len(verifiers))
}

// processorTime is what this process has used so far, in seconds.
func processorTime() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func timeProof(path, key, count string) {
	file, err := os.ReadFile(path)
	must(err)
	verifier, err := note.NewVerifier(key)
	must(err)
	rounds, err := strconv.Atoi(count)
	must(err)
	policy := policyOf(verifier)
	start := processorTime()
	for i := 0; i < rounds; i++ {
		must(torchwood.VerifyProof(policy, leafOf(file), file))
	}
	fmt.Println((processorTime() - start) / float64(rounds))
}
